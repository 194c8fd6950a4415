package main

import (
	"encoding/json"
	"errors"
	"time"
)

type feature struct {
	ID             *int64  `json:"id"`
	Name           *string `json:"name"`
	CreatedDate    *string `json:"created_date"`
	Description    *string `json:"description"`
	InitialValue   *string `json:"initial_value"`
	DefaultEnabled *bool   `json:"default_enabled"`
	Type           *string `json:"type"`
}

type evaluation struct {
	ID                *int64   `json:"id"`
	Enabled           *bool    `json:"enabled"`
	Environment       *int64   `json:"environment"`
	Feature           *feature `json:"feature"`
	FeatureSegment    *int64   `json:"feature_segment"`
	FeatureStateValue any      `json:"feature_state_value"`
	Identity          *int64   `json:"identity"`
}

type flagMessage struct {
	Data      []evaluation `json:"data"`
	EventType string       `json:"event_type"`
	Timestamp string       `json:"timestamp"`
}

type identityMessage struct {
	Flags    []evaluation `json:"flags"`
	Identity *string      `json:"identity"`
	Segments []struct {
		ID     *int64  `json:"id"`
		Member *bool   `json:"member"`
		Name   *string `json:"name"`
	} `json:"segments"`
	Traits []struct {
		ID    *int64  `json:"id"`
		Key   *string `json:"trait_key"`
		Value any     `json:"trait_value"`
	} `json:"traits"`
}

func checkEvaluations(all []evaluation) error {
	for _, item := range all {
		if item.Feature == nil || item.Feature.Name == nil {
			return errors.New("feature")
		}
	}
	return nil
}

func checkFlags(body []byte) error {
	var message flagMessage
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	if message.EventType != "FLAG_UPDATED" {
		return errors.New("event_type")
	}
	if _, err := time.Parse(time.RFC3339Nano, message.Timestamp); err != nil {
		return err
	}
	return checkEvaluations(message.Data)
}

func checkIdentity(body []byte) error {
	var message identityMessage
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	if message.Identity == nil {
		return errors.New("identity")
	}
	return checkEvaluations(message.Flags)
}
