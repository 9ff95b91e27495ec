// Package platform is the only one that knows the chat platform: LINE's
// Messaging API, through its SDK.
package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/line/line-bot-sdk-go/v7/linebot"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrSignature: the request was not signed with the channel's secret.
	ErrSignature = errors.New("webhook signature does not match")
	// ErrPayload: the request was signed, but cannot be read.
	ErrPayload = errors.New("webhook payload cannot be read")
)

// Message is one text that a user sent.
type Message struct {
	// EventID is the same when the platform delivers the event again.
	EventID string
	// ReplyToken answers this message, once.
	ReplyToken string
	User       string
	Text       string
}

// Options are the channel's credentials. Endpoint is the API's base URL; empty
// means the public one.
type Options struct {
	ChannelSecret string
	ChannelToken  string
	Endpoint      string
	HTTP          *http.Client
}

// Client talks to the platform. It is safe for concurrent use.
type Client struct {
	bot *linebot.Client
}

// NewClient checks the options. An empty secret is refused: it would let
// anyone sign.
func NewClient(options Options) (*Client, error) {
	var extra []linebot.ClientOption
	if options.HTTP != nil {
		extra = append(extra, linebot.WithHTTPClient(options.HTTP))
	}
	if options.Endpoint != "" {
		extra = append(extra, linebot.WithEndpointBase(options.Endpoint))
	}
	bot, err := linebot.New(options.ChannelSecret, options.ChannelToken, extra...)
	if err != nil {
		return nil, fmt.Errorf("open platform client: %w", err)
	}
	return &Client{bot: bot}, nil
}

// Reply answers the message that carried replyToken.
func (c *Client) Reply(ctx context.Context, replyToken, text string) error {
	if _, err := c.bot.ReplyMessage(replyToken, linebot.NewTextMessage(text)).WithContext(ctx).Do(); err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	return nil
}

// Check asks the platform who this robot is: it fails when the platform is out
// of reach or refuses the token.
func (c *Client) Check(ctx context.Context) error {
	if _, err := c.bot.GetBotInfo().WithContext(ctx).Do(); err != nil {
		return fmt.Errorf("ask for bot info: %w", err)
	}
	return nil
}
