# 城市群成员

city-not-a-member = { $city }不是本城市群成员
    .remedy = 请用“member list”查看成员
