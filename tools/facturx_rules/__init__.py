"""The published rules of Factur-X and of the reform, and those of invoices to public bodies."""
