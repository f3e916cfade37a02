"""The appliance's own API, for programs: `/-/api/v1`."""
