"""Where frames come from: camera, network stream, video file, pictures, generated scenes; one protocol."""
