"""What Interactive Brokers' activity statements and Flex queries share: clocks, numbers, instruments, free text."""
