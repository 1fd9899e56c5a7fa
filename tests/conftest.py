"""Settings of the whole suite, made before any test imports a library that reads them once."""

import os

# unetkit makes the same settings before it uses these libraries; tests that call TensorFlow or OpenCV themselves
# would come first when the suite runs in one process.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
