import { registry } from "@web/core/registry";

/**
 * Show a page of the form that is open: the steps of the set-up lead to the pages
 * below them, and a view cannot choose one of its pages from a button.
 */
function openPage(env, action) {
    const { page } = action.params;
    const tab = document.querySelector(`.o_form_view .o_notebook a[name="${page}"]`);
    if (tab) {
        tab.click();
        tab.scrollIntoView({ behavior: "smooth", block: "start" });
    }
}

registry.category("actions").add("exact_open_page", openPage);
