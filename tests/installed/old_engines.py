"""The oldest engines that pyproject.toml allows, in the versions that pip finds."""

OLDEST = {"onnxruntime": "onnxruntime==1.24.1", "ai-edge-litert": "ai-edge-litert==1.2.0"}
