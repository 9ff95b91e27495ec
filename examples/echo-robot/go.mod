module example.com/echo-robot

go 1.19

require (
	github.com/line/line-bot-sdk-go/v7 v7.21.0
	gopkg.in/yaml.v3 v3.0.1
)
