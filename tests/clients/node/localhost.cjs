// Names below localhost are this machine, as browsers and most systems' resolvers have it.
const dns = require('node:dns')

const { lookup } = dns
dns.lookup = (name, ...more) => lookup(name.endsWith('.localhost') ? 'localhost' : name, ...more)
