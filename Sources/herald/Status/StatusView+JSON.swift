import Domain
import Storage

/// The same for machines.
extension StatusView {
    var json: JSON {
        var object = JSONObject()
        object["running"] = true
        object["schema"] = .int(Int64(condition.schema))
        object["at"] = .string(now.description)
        object["database"] = [
            "server_version": .string(condition.serverVersion), "place": .string(place), "bytes": .int(status.bytes),
            "connections": .int(status.connections), "max_connections": .int(status.mostConnections),
        ]
        object["workers"] = .int(Int64(workers.count))
        object["processes"] = .array(
            workers.map { ["pid": .int(Int64($0.pid)), "started_at": .string($0.startedAt.description)] })
        object["rates"] = [
            "running": Self.json(rates.running), "minute": Self.json(rates.minute), "hour": Self.json(rates.hour),
        ]
        object["queues"] = ["fast": queue("1"), "bulk": queue("0")]
        object["campaigns"] = .array(
            campaigns.map {
                [
                    "id": .int($0.id), "state": .string($0.state), "done": .int($0.done),
                    "recipients": .int($0.recipients),
                ]
            })
        object["campaign_counts"] = counts("campaigns")
        object["providers"] = .array(
            providers.map { view in
                var provider = view.json.objectValue ?? JSONObject()
                // Nobody asked here what the providers answered lately.
                provider["warning"] = nil
                return .object(provider)
            })
        object["receipts"] = [
            "due": .int(number("receipts")), "oldest_us": .int(number("receipts_age")),
            "parked": .int(status.parkedReceipts),
        ]
        object["dead_letters"] = .int(number("dead_letters"))
        object["webhooks"] = [
            "failing": .int(number("webhooks_failing")), "disabled": .int(number("webhooks_disabled")),
        ]
        object["alerts"] = [
            "open": .int(status.openAlerts), "unacknowledged": .int(status.unseenAlerts),
            "looked_at": watch.lookedAt.map { .string($0.description) } ?? .null,
        ]
        object["budgets_used_up"] = .array(
            spent.map {
                [
                    "id": .int($0.id), "text": .string($0.text),
                    "until": $0.endsAt.map { .string($0.description) } ?? .null,
                ]
            })
        object["paused_sources"] = .int(status.pausedSources)
        object["ledger"] = [
            "slices": .int(status.slices), "open_slice": .int(status.openSlice), "bytes": .int(status.ledgerBytes),
            "estimated_rows": .int(status.ledgerRows),
        ]
        object["disk_free_bytes"] = disk.map { .int(Int64($0.free)) } ?? .null
        object["last_runs"] = .array(
            runs.map {
                [
                    "what": .string($0.what), "at": .string($0.at.description), "detail": .string($0.detail),
                    "folder": .string($0.folder),
                ]
            })
        return .object(object)
    }

    private static func json(_ rates: MinuteRateStore.Rates) -> JSON {
        ["accepted": .int(rates.accepted), "sent": .int(rates.sent), "ended": .int(rates.ended)]
    }

    private func queue(_ lane: String) -> JSON {
        [
            "waiting_shards": .int(number("waiting_shards", lane)),
            "waiting_messages": .int(number("waiting_messages", lane)),
            "oldest_us": .int(number("waiting_age", lane)), "taken_shards": .int(number("taken_shards", lane)),
        ]
    }

    private func counts(_ name: String) -> JSON {
        var object = JSONObject()
        for (key, count) in load.sorted(by: { $0.key.label < $1.key.label }) where key.name == name {
            object[key.label] = .int(count)
        }
        return .object(object)
    }
}
