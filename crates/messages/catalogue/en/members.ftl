# Members of the cluster.

city-not-a-member = { $city } is not a member of this cluster
    .remedy = list the members with 'member list'
