import Domain

/// One day's volume, for bars.
package struct DayUsage: Sendable, Hashable {
    package let day: String
    package let messages: Int64
    package let delivered: Int64
}

extension UsageStore {
    /// Volume by day of a zone, by the time at which each was booked.
    package func days(from: Timestamp, to: Timestamp, zone: String, tenant: Int64?) async throws -> [DayUsage] {
        try await database.run { session in
            try session.query(
                """
                SELECT to_char(bucket AT TIME ZONE $4, 'YYYY-MM-DD') AS day, sum(messages)::bigint AS messages,
                       coalesce(sum(messages) FILTER (WHERE state = 8), 0)::bigint AS delivered
                  FROM (SELECT * FROM rollup WHERE bucket >= $1 AND bucket < $2
                        UNION ALL SELECT * FROM rollup_delta WHERE bucket >= $1 AND bucket < $2) r
                 WHERE $3::bigint IS NULL OR campaign IN (SELECT id FROM campaign WHERE tenant = $3)
                 GROUP BY 1 ORDER BY 1
                """, [.time(from), .time(to), .optional(tenant), .text(zone)]
            ).map {
                DayUsage(day: try $0.text("day"), messages: try $0.int("messages"), delivered: try $0.int("delivered"))
            }
        }
    }
}
