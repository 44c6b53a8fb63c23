"""Commands that an operator runs from a terminal against a deployed installation, with their own AWS credentials.

``installation`` finds the installation (in an AWS account or on the local stack); each other module is one command,
built from the product's own use cases. Nothing here runs in the cloud.
"""
