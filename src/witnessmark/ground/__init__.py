"""What the rooms stand on: media, jail, containers, vault, ledger, jobs, catalogue, paper and the network."""
