import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;
import java.util.TreeSet;

/**
 * Queries a node with the Flight SQL JDBC driver, unmodified. Arguments: the node's address, and the files of the
 * cluster's certificates, of the caller's certificates and of its key. Prints a line for each thing found.
 */
public final class FlightSql {
    private static final String TABLE = "granted.\"430200\".\"201001000001\"";

    private FlightSql() {}

    public static void main(String[] arguments) throws SQLException {
        Properties properties = new Properties();
        properties.put("useEncryption", "true");
        properties.put("tlsRootCerts", arguments[1]);
        properties.put("clientCertificate", arguments[2]);
        properties.put("clientKey", arguments[3]);
        String url = "jdbc:arrow-flight-sql://" + arguments[0];
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            String all = "SELECT code, town, area FROM " + TABLE + " ORDER BY code";
            try (ResultSet rows = connection.createStatement().executeQuery(all)) {
                while (rows.next()) {
                    System.out.println("row " + rows.getString(1) + " " + rows.getString(2) + " " + rows.getLong(3));
                }
            }
            String some = "SELECT code FROM " + TABLE + " WHERE area > ? ORDER BY code";
            try (PreparedStatement statement = connection.prepareStatement(some)) {
                statement.setLong(1, 3);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        System.out.println("prepared " + rows.getString(1));
                    }
                }
            }
            try (ResultSet tables = connection.getMetaData().getTables("granted", "430200", null, null)) {
                while (tables.next()) {
                    System.out.println("table " + tables.getString("TABLE_NAME"));
                }
            }
            TreeSet<String> columns = new TreeSet<>();
            try (ResultSet found = connection.getMetaData().getColumns("granted", "430200", null, null)) {
                while (found.next()) {
                    columns.add(found.getString("COLUMN_NAME"));
                }
            }
            System.out.println("columns " + String.join(",", columns));
            System.out.println("product " + connection.getMetaData().getDatabaseProductName());
            try {
                connection.createStatement().executeQuery("SELECT phone FROM " + TABLE);
                System.out.println("not refused");
            } catch (SQLException refused) {
                System.out.println("refused " + refused.getMessage().contains("phone"));
            }
        }
    }
}
