// Writes a database of three advisories in trivy's form: trivy-database FOLDER.
package main

import (
	"log"
	"os"
	"time"

	"github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	bolt "go.etcd.io/bbolt"
)

const bucket = "go::GitHub Security Advisory Go"

// An advisory, its other name, its module, and the first version without it.
var advisories = [][4]string{
	{"CVE-2021-38561", "GHSA-ppp9-7jff-5vj2", "golang.org/x/text", "0.3.7"},
	{"CVE-2022-32149", "GHSA-69ch-w2m2-3vjp", "golang.org/x/text", "0.3.8"},
	{"CVE-2022-28948", "GHSA-hp87-p4gw-j4gq", "gopkg.in/yaml.v3", "3.0.0-20220521103104-8f96da9f5d5e"},
}

func main() {
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func write(folder string) error {
	if err := db.Init(folder); err != nil {
		return err
	}
	defer db.Close()
	config := db.Config{}
	source := types.DataSource{ID: "ghsa", Name: "GitHub Security Advisory Go", URL: "https://github.com/advisories"}
	err := config.BatchUpdate(func(tx *bolt.Tx) error {
		if err := config.PutDataSource(tx, bucket, source); err != nil {
			return err
		}
		for _, one := range advisories {
			advisory := types.Advisory{
				VendorIDs:          []string{one[1]},
				VulnerableVersions: []string{"< " + one[3]},
				PatchedVersions:    []string{one[3]},
			}
			if err := config.PutAdvisory(tx, []string{bucket, one[2]}, one[0], advisory); err != nil {
				return err
			}
			what := types.Vulnerability{
				Title:          "A flaw in " + one[2],
				Severity:       "HIGH",
				VendorSeverity: types.VendorSeverity{"ghsa": types.SeverityHigh},
			}
			if err := config.PutVulnerability(tx, one[0], what); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	return metadata.NewClient(folder).Update(metadata.Metadata{
		Version: db.SchemaVersion, UpdatedAt: now, DownloadedAt: now, NextUpdate: now.AddDate(10, 0, 0),
	})
}
