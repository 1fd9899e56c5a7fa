"""Settings of the whole suite, made before any test imports a library that reads them once."""

import os
import signal

# unetkit makes the same settings before it uses these libraries; tests that call TensorFlow or OpenCV themselves
# would come first when the suite runs in one process.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

# A suite that was started in the background inherits an ignored SIGINT, and would hand it on to the commands that the
# tests interrupt; a handler is not inherited, so those start with the default again.
signal.signal(signal.SIGINT, signal.default_int_handler)
