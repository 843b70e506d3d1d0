# Members of the cluster.

city-not-a-member = { $city } is not a member of this cluster
    .remedy = the members are listed by 'member list'
