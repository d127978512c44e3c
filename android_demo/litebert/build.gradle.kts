plugins { `java-library` }

dependencies { implementation(libs.gson) }
