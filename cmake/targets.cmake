# What the rooms need from outside, and the programs made of them.
