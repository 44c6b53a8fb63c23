"""What an operator does to a deployed installation, from a terminal, with AWS credentials of their own.

``installation`` finds the installation (in an AWS account or on the local stack); each other module is one errand,
put together from the product's own use cases. Nothing here runs in the cloud.
"""
