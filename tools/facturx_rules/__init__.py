"""The published rules of Factur-X and of the reform, and the rules of B2G that nobody has published as a Schematron."""
