import { readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Token } from "aws-cdk-lib";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Construct } from "constructs";

/** What `package.json` of a package says. */
interface Manifest {
  readonly architecture: string;
  /** What must be in a bucket: the key after `codePrefix`, and where it is in the package. */
  readonly objects: readonly { readonly key: string; readonly path: string }[];
}

/** The unpacked `power-tuner-functions-….zip` as assets: its template, which names the assets of its code. */
export class Package extends Construct {
  readonly templateUrl: string;
  readonly codeBucket: string;

  constructor(scope: Construct, id: string, folder: string) {
    super(scope, id);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    let template = readFileSync(join(folder, "template.yaml"), "utf8");
    let bucket: string | undefined;
    for (const { key, path } of manifest.objects) {
      const asset = new Asset(this, key, { path: join(folder, path) });
      const placeholder = `\${codePrefix}/${key}`;
      if (!template.includes(placeholder)) {
        throw new Error(`template.yaml in ${folder} does not use ${placeholder}: is the package complete?`);
      }
      if (Token.isUnresolved(asset.s3ObjectKey)) {
        throw new Error("power-tuner needs a stack synthesizer that knows the keys of assets, as the default one does");
      }
      template = template.replaceAll(placeholder, asset.s3ObjectKey);
      bucket = asset.s3BucketName;
    }
    if (bucket === undefined) {
      throw new Error(`package.json in ${folder} names no objects: is the package complete?`);
    }
    this.codeBucket = bucket;
    this.templateUrl = this.addTemplate(template);
  }

  private addTemplate(template: string): string {
    const folder = mkdtempSync(join(tmpdir(), "power-tuner-"));
    try {
      const path = join(folder, "template.yaml");
      writeFileSync(path, template);
      return new Asset(this, "template.yaml", { path }).httpUrl;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
