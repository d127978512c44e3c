"""The Ops protocol and its three implementations: numpy values, ONNX nodes, TFLite operators."""
