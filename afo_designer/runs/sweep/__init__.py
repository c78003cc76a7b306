"""Sweep: a study of many variants of one design, planned, computed in chunks and summed up."""
