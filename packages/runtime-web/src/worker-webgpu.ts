import * as ort from 'onnxruntime-web/webgpu';
import { serve } from './host/serve.js';

serve(ort);
