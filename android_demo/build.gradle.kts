plugins { alias(libs.plugins.android.library) apply false }

subprojects {
    group = "dev.litebert"
    version = "0.1.0"

    tasks.withType<JavaCompile>().configureEach { options.encoding = "UTF-8" }
    tasks.withType<Test>().configureEach { enabled = false } // by Maven: they need the files of `make artifacts`
    plugins.withType<JavaPlugin> {
        extensions.configure<JavaPluginExtension> {
            sourceCompatibility = JavaVersion.VERSION_1_8
            targetCompatibility = JavaVersion.VERSION_1_8
        }
    }
}
