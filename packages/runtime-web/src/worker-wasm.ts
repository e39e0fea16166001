import * as ort from 'onnxruntime-web/wasm';
import { serve } from './host/serve.js';

serve(ort);
