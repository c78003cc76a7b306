"""Geometry: arrays, frames, meshes, splines. Knows no anatomy and no files."""
