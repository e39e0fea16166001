"""Paella's networks (Rampas et al. 2022, third version), written from the published description with the checkpoint's parameter names."""
