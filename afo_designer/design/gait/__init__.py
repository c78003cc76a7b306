"""Gait: what an orthosis does to the swing and the loading response, by one-joint models."""
