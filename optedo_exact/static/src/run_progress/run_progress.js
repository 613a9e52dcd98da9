import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// How often it is read where no message came: the websocket may be down.
const READ_EVERY = 10000;
// At most one reading a second, however many messages come.
const READ_AT_MOST_EVERY = 1000;
const FINISHED = ["done", "stopped"];

/**
 * How far a run is. A message of the bus only says that there is something new: what is
 * shown is always read, with the rights and in the language of who looks at it.
 */
export class ExactRunProgress extends Component {
    static template = "optedo_exact.RunProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.progress = useState({ values: null });
        this.channel = `exact.run_${this.props.record.resId}`;
        this.onMessage = ({ id }) => {
            if (id === this.props.record.resId) {
                this.readSoon();
            }
        };
        this.bus.addChannel(this.channel);
        this.bus.subscribe("exact.run", this.onMessage);
        onWillStart(() => this.read());
        onWillDestroy(() => {
            this.destroyed = true;
            clearTimeout(this.timer);
            this.bus.unsubscribe("exact.run", this.onMessage);
            this.bus.deleteChannel(this.channel);
        });
    }

    readSoon() {
        const wait = this.lastRead + READ_AT_MOST_EVERY - Date.now();
        this.schedule(Math.max(0, wait));
    }

    schedule(milliseconds) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.read(), milliseconds);
    }

    async read() {
        this.lastRead = Date.now();
        const id = this.props.record.resId;
        const before = this.progress.values;
        try {
            this.progress.values = await this.orm.silent.call(
                "exact.run",
                "read_progress",
                [[id]]
            );
        } finally {
            if (!this.destroyed && !this.isFinished) {
                this.schedule(READ_EVERY);
            }
        }
        if (before && this.hasMoved(before) && !this.destroyed) {
            await this.props.record.load(); // the rest of the form follows
        }
    }

    hasMoved(before) {
        const now = this.progress.values;
        return ["state", "done", "failed", "waiting"].some((name) => before[name] !== now[name]);
    }

    get isFinished() {
        return FINISHED.includes(this.progress.values?.state);
    }

    get barClass() {
        const { state, failed } = this.progress.values;
        const color = failed || state === "stopped" ? "bg-warning" : "bg-success";
        return state === "running"
            ? `${color} progress-bar-striped progress-bar-animated`
            : color;
    }
}

export const exactRunProgress = { component: ExactRunProgress };

registry.category("view_widgets").add("exact_run_progress", exactRunProgress);
