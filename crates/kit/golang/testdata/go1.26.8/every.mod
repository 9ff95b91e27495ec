module "m.example/x" // c

go 1.26.0
toolchain go1.26.8
godebug a=b
require (
	a.example/a v1.0.0 // indirect
	"b.example/b" v1.0.0// indirect; x
	c.example/c v1.0.0 // not indirect
)
replace a.example/a => ./a
replace b.example/b v1.0.0 => d.example/d v1.2.0
exclude a.example/a v0.1.0
// because
retract [v1.0.0, v1.1.0]
retract v1.2.0 // beside
tool t.example/t
ignore "./n m"
