import Domain

extension SlackAdapter {
    /// https://docs.slack.dev/reference/methods/chat.postMessage and
    /// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: the errors of both.
    static let codes = VendorCodes(
        kind,
        [
            (.throttled, ["ratelimited", "rate_limited", "message_limit_exceeded"]),
            (
                .permanent(ProviderReason.invalidRecipient),
                [
                    "channel_not_found", "is_archived", "channel_is_archived", "user_not_found", "user_disabled",
                    "user_not_visible", "cannot_dm_bot", "messages_tab_disabled", "duplicate_channel_not_found",
                    // The one webhook is gone, not the account.
                    "no_service", "no_service_id", "no_active_hooks",
                ]
            ),
            (
                .permanent(ProviderReason.routeRefused),
                [
                    "not_in_channel", "restricted_action", "restricted_action_read_only_channel",
                    "restricted_action_thread_only_channel", "restricted_action_non_threadable_channel",
                    "restricted_action_thread_locked", "action_prohibited", "posting_to_general_channel_denied",
                    "cannot_reply_to_message", "slack_connect_canvas_sharing_blocked",
                    "slack_connect_file_link_sharing_blocked", "slack_connect_lists_sharing_blocked",
                    "send_on_behalf_not_allowed", "thread_locked",
                ]
            ),
            (
                .permanent(ProviderReason.contentRefused),
                [
                    "no_text", "invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_payload",
                    "too_many_attachments", "too_many_contact_cards", "attachment_payload_limit_exceeded",
                    "invalid_metadata_format",
                    "invalid_metadata_schema", "metadata_must_be_sent_from_app", "metadata_too_large",
                    "markdown_text_conflict", "missing_file_data", "missing_text_or_fallback_or_attachments",
                    "as_user_not_supported", "duplicate_message_not_found", "invalid_arg_name", "invalid_arguments",
                    "invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_post_type", "invalid_json",
                    "json_not_object", "missing_post_type", "message_not_found", "invalid_thread_ts",
                    "thread_not_found",
                ]
            ),
            (.permanent(ProviderReason.tooLarge), ["msg_too_long", "msg_blocks_too_long"]),
            (
                .temporary(ProviderReason.accountRefused),
                [
                    "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired",
                    "no_permission", "missing_scope", "not_allowed_token_type", "org_login_required",
                    "ekm_access_denied", "enterprise_is_restricted", "access_denied", "accesslimited",
                    "app_access_restricted", "team_access_not_granted", "team_not_found", "team_added_to_org",
                    "two_factor_setup_required", "deprecated_endpoint", "method_deprecated", "invalid_token",
                    "no_team", "team_disabled", "user_is_bot", "user_is_restricted",
                ]
            ),
            (
                .temporary(ProviderReason.providerBusy),
                ["service_unavailable", "request_timeout", "external_channel_migrating"]
            ),
            // "It's possible some aspect of the operation succeeded before the error was raised."
            (.inDoubt, ["fatal_error", "internal_error", "rollup_error"]),
        ])
}
