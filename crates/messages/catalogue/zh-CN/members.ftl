# 城市群成员

city-not-a-member = { $city }不是本城市群成员
    .remedy = 成员见“member list”
