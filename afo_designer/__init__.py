"""afo_designer: from a leg scan and a measured weakness to a checked, printable orthosis."""
