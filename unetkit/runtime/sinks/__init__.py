"""Where results go: window, video file, masks as PNG, nowhere; one protocol."""
