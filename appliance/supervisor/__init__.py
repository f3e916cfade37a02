"""`appliance up`: the whole appliance as one supervised process tree, without Docker."""
