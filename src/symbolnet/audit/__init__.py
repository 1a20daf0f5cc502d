"""A finished run to its manifest, and the manifest to checks that anyone can repeat."""
