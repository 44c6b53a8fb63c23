"""The published rules of Factur-X and of the reform, and the rules of B2G, of which no Schematron is public."""
