"""Training: TensorFlow and Keras live here."""
