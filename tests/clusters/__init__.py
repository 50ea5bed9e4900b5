"""The contract on clusters, each really run on this machine; `make test-clusters`."""
