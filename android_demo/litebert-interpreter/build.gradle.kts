plugins { alias(libs.plugins.android.library) } // its dependency is an AAR

android {
    namespace = "dev.litebert.engine.interpreter"
    compileSdk = 35
    defaultConfig { minSdk = 26 }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    sourceSets["main"].apply {
        java.setSrcDirs(listOf("src/main/java"))
        resources.setSrcDirs(listOf("src/main/resources"))
    }
}

dependencies {
    api(project(":litebert"))
    implementation(libs.tensorflow.lite) // or LiteRT 1.x, which has the same classes
}
