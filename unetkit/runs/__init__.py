"""Run folders, read without TensorFlow: listed, compared, their curves laid over each other."""
