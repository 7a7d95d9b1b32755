//go:build !race

package slackapp_test

import "time"

const pacingTime = 5 * time.Minute

var pacingLoads = []pacingLoad{
	{name: "1/s", rate: 1}, {name: "2/s", rate: 2}, {name: "5/s", rate: 5}, {name: "10/s", rate: 10}, {name: "20/s", rate: 20},
	{name: "10/s, all new", rate: 10, cold: true},
	{name: "4 channels, 4/s", rate: 4, channels: 4, time: 2 * time.Minute},
	{name: "4 channels, 40/s", rate: 40, channels: 4, time: 2 * time.Minute},
	{name: "4 channels, 80/s", rate: 80, channels: 4, time: 2 * time.Minute},
}
