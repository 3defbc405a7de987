from hashlib import sha256

def h(*parts):
    return sha256(b"".join(parts)).digest()

def lines(name, word):
    with open(name, encoding="utf-8", newline="") as file:
        every = file.read().split("\n")
    return [line[len(word) + 1:] for line in every if line.startswith(word + " ")]

secret = bytes.fromhex(lines("draw.txt", "secret")[0])
root = bytes.fromhex(lines("draw.txt", "root")[0].split(" ")[1])
seed = h(secret, root)
names = lines("plan.txt", "inspector")
drawn = []
for rate in lines("plan.txt", "rate"):
    of, percent = rate.split(" ")
    codes = [line.split(" ")[0] for line in lines("plan.txt", "population") if line.endswith(" " + of)]
    count = (len(codes) * int(percent) + 99) // 100
    for code in sorted(codes, key=lambda code: h(seed, code.encode()))[:count]:
        two = sorted(names, key=lambda name: h(seed, code.encode(), b"\0", name.encode()))[:2]
        drawn.append(code + " " + of + " " + " / ".join(two))
same = h(secret).hex() == lines("plan.txt", "secret")[0] and sorted(drawn) == lines("draw.txt", "drawn")
print("THE SAME" if same else "ANOTHER")
