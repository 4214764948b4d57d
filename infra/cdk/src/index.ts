export { PowerTuner, type PowerTunerProps } from "./power-tuner";
export type { Parameters } from "./parameters";
export type { TuningOptions, TuningResult } from "./tuning";
