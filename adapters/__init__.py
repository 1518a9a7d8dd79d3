"""What fulfils the ports: databases, queues, files, vendors."""
