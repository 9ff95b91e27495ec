package platform

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/line/line-bot-sdk-go/v7/linebot"
)

// Messages checks the request's signature (X-Line-Signature: base64 of the
// body's HMAC-SHA256) and returns the text messages in it; events of other
// kinds are passed over. The caller limits the size of the body.
func (c *Client) Messages(r *http.Request) (messages []Message, err error) {
	// The SDK panics on a message event that has no message.
	defer func() {
		if recover() != nil {
			messages, err = nil, ErrPayload
		}
	}()
	events, err := c.bot.ParseRequest(r)
	switch {
	case errors.Is(err, linebot.ErrInvalidSignature):
		return nil, ErrSignature
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrPayload, err)
	}
	for _, event := range events {
		text, ok := event.Message.(*linebot.TextMessage)
		if event.Type != linebot.EventTypeMessage || !ok {
			continue
		}
		message := Message{EventID: event.WebhookEventID, ReplyToken: event.ReplyToken, Text: text.Text}
		if event.Source != nil {
			message.User = event.Source.UserID
		}
		messages = append(messages, message)
	}
	return messages, nil
}
