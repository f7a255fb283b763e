"""The pages. An account's pages carry its slug, so that a link never opens the wrong account."""

from django.urls import include, path

from contacts.views import accounts, audit, check, home, jobs, people, reactivate, selecting, site, sync

of_account = [
    path("", home.home, name="home"),
    path("check/", check.check, name="check"),
    path("check/live/", check.check_live, name="check_live"),
    path("contacts/", people.contact_list, name="contact_list"),
    path("contacts/<uuid:remote_id>/", people.contact_detail, name="contact_detail"),
    path("contacts/<uuid:remote_id>/history/", people.contact_history, name="contact_history"),
    path("contacts/<uuid:remote_id>/raw/", people.contact_raw, name="contact_raw"),
    path("contacts/<uuid:remote_id>/reactivate/", reactivate.contact_reactivate, name="contact_reactivate"),
    path("changes/<uuid:token>/", reactivate.write_detail, name="write_detail"),
    path("changes/<uuid:token>/undo/", reactivate.write_undo, name="write_undo"),
    path("deleted/", people.deleted_list, name="deleted_list"),
    path("jobs/", jobs.job_list, name="job_list"),
    path("jobs/new/<str:kind>/", selecting.job_plan, name="job_plan"),
    path("jobs/<int:pk>/", jobs.job_detail, name="job_detail"),
    path("audit/", audit.audit_list, name="audit_list"),
    path("audit/<int:pk>/", audit.audit_detail, name="audit_detail"),
    path("sync/", sync.sync_status, name="sync_status"),
    path("sync/progress/", sync.sync_progress, name="sync_progress"),
    path("sync/now/", sync.sync_now, name="sync_now"),
    path("sync/<int:pk>/decide/", sync.sync_decide, name="sync_decide"),
    path("sync/requests/", sync.request_list, name="request_list"),
    path("settings/", accounts.account_settings, name="account_settings"),
    path("settings/linked/", accounts.account_linked, name="account_linked"),
    path("settings/writing/", accounts.account_writing, name="account_writing"),
    path("settings/rules/", accounts.account_rules, name="account_rules"),
    path("settings/unlink/", accounts.account_unlink, name="account_unlink"),
]
urlpatterns = [
    path("", site.start, name="start"),
    path("welcome/", site.welcome, name="welcome"),
    path("settings/accounts/", accounts.account_list, name="account_list"),
    path("settings/accounts/link/", accounts.account_link, name="account_link"),
    path("healthz", site.healthz, name="healthz"),
    path("csp-report/", site.csp_report, name="csp_report"),
    path("a/<slug:account>/", include(of_account)),
]
