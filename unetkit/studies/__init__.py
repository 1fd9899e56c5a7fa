"""Measurements that decided how the networks are built; each can be repeated."""
